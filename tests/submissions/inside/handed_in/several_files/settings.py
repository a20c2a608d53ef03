HIDDEN = 16
EPOCHS = int(input("epochs: "))
