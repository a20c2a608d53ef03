def softmax(x):
    raise ValueError("\x1b[2J\x1b]0;owned\x07\u202e<script>alert(1)</script>\ud800")
