"""What a complaint is owed: the working calendar and the deadlines. Pure: no I/O, no clock."""
