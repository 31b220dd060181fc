"""The part of `acedesk --self-test` that needs Qt: drawings, and every page of the window."""
