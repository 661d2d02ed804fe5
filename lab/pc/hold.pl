# hold.pl GROUP ADDRESS SECONDS: opens a function through VFIO as QEMU does, and holds it. Only an open device keeps the
# kernel waiting when the function is taken from vfio-pci; an open group does not. Numbers are those of linux/vfio.h.
use strict;
my ($group, $address, $seconds) = @ARGV;
$| = 1;
sysopen(my $g, "/dev/vfio/$group", 2) or die "group: $!";
sysopen(my $container, '/dev/vfio/vfio', 2) or die "container: $!";
ioctl($g, 0x3b68, pack('i', fileno($container))) // die "VFIO_GROUP_SET_CONTAINER: $!";
ioctl($container, 0x3b66, 1) // die "VFIO_SET_IOMMU: $!";
my $device = ioctl($g, 0x3b6a, "$address\0") // die "VFIO_GROUP_GET_DEVICE_FD: $!";
print "held\n";
sleep $seconds;
