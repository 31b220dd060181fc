"""Why a stream is as it is: causes, their order, and what they rest on."""
