"""E-mail: reading (pure), sending and receiving."""
