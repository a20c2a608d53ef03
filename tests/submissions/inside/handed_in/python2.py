import torch, sys
import torch.nn as nn
print "PyTorch", torch.__version__
if len(sys.argv) > 1: print >>sys.stderr, "no arguments, please"

class Net(nn.Module):
    def __init__(self, hidden=20):
	super(Net, self).__init__()
	self.fc1 = nn.Linear(64, hidden)
        self.fc2 = nn.Linear(hidden, 10)
        print "%d hidden units" % hidden

    def forward(self, x):
        try:
            return self.fc2(torch.tanh(self.fc1(x.view(-1, 64))))
        except RuntimeError, error:
            print error
            raise

net = Net()
for i in xrange(10):
    print i, net(torch.zeros(1, 64)).data[0]
exec "y = 1"
