"""`inscope check`: what is wrong with a configuration, before anybody relies on it. It changes nothing."""
