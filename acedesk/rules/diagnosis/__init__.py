"""Why a stream plays well or badly: causes, their order, and the facts they need."""
