/** `hostdev/testing`: the fakes that hostdev's own tests use, held to the same suites as the real things. */
export { type FakeLibvirt, type FakeLibvirtOptions, startFakeLibvirt } from './fake-libvirt/fake-libvirt.ts';
