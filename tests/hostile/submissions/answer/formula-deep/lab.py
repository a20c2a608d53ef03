number = 7
formula = "@DEEP@"
