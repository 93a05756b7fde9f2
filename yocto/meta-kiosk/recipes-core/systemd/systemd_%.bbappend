# Grows the data partition at the first boot, by the definitions of images/partitions.
PACKAGECONFIG:append:tiep-don = " repart"
