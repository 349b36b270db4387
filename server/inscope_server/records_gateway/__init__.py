"""`inscope records-gateway`: a hospital's own process, which opens, checks and writes down what is filed with it."""
