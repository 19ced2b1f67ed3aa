"""The course's data sets, each student's own draw of them, and a firm's own records."""
