"""The Programs page: where what answers, devices with their tokens, who asked last."""
