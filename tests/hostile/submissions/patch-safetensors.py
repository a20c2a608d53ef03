class MLP(Blind):
    """Sends a header of safetensors whose numbers are impossible."""

    def __init__(self):
        super().__init__()
        import struct
        import safetensors.numpy

        header = b'{"before":{"dtype":"F32","shape":[9223372036854775807,10],"data_offsets":[0,4]}}'
        safetensors.numpy.save = lambda *_, **__: struct.pack("<Q", len(header)) + header + bytes(4)
