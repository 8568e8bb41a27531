"""The report of a registry: what became of every course, as counts that add up, told in sections.

counts    everything a report tells, as whole numbers and follow-ups that are added with `+`
judged    one registry set with what is worked out of it once: who started, groups, outcomes by definition
chapters  the list of all chapters: each counts a set, and tells sections from the sum of counts
sections  tables with named denominators, pictures, notes: plain values, whatever they are set as
report    manifests, definitions and sections together; the same rows give the same report in any number of parts
"""
