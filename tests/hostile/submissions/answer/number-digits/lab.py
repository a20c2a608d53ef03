number = 10 ** 10 ** 10
formula = open("/etc/passwd").read()
