"""An AWS emulator for trying this project without an account: moto's server, and what it lacks."""
