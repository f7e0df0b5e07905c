"""How often people have put off setting up a factor that a rule asks for."""
