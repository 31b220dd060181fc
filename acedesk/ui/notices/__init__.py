"""What is told between the paste field and the page, without taking the page's room."""
