"""The parts of applications and blueprints that only collect facts and never handle a request."""
