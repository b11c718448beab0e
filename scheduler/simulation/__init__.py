"""What would go out: the program's own planner, sender, gate and deadlines on a virtual clock, and nothing kept."""
