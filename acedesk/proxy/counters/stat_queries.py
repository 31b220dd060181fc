"""Questions to a stream's engine and its answers, counted."""


class StatQueries:
    """How an engine answers; a refusal is an answer too.

    Attributes:
        asked: Questions so far.
        answered: Answers so far.
        seconds: What the last answer took, None before the first.
    """

    __slots__ = ("answered", "asked", "seconds")

    def __init__(self) -> None:
        self.asked = 0
        self.answered = 0
        self.seconds: float | None = None

    def note_question(self) -> None:
        """Count a question that goes out now."""
        self.asked += 1

    def note_answer(self, seconds: float) -> None:
        """Count the answer that came after `seconds`; earlier questions are settled by it."""
        self.answered = self.asked
        self.seconds = seconds
