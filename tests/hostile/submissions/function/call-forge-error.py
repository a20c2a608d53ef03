import os
import socket
import stat


def softmax(x):
    from assessment.boundary.messages import Channel

    for number in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                channel = Channel(socket.socket(fileno=number))
                break
        except OSError:
            pass
    words = "\x1b[2J\u202e\ud800<script>alert(1)</script>" + "x" * 10**7
    for name in ("square", "wide"):
        channel.send("case", {"name": name, "error": words})
    channel.send("done")
    os._exit(0)
