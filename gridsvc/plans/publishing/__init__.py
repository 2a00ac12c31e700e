"""From a draft to the map in force: review, publication, hand-over of work, roll back, history."""
