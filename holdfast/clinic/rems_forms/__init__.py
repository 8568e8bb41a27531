"""The REMS monitoring form of a treatment session: filled from its flow-sheet, signed, and marked as sent."""
