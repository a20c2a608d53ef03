"""Where runs happen: planning them, trainers on this machine, devices."""
