/** `hostdev/testing`: the fakes that hostdev's own tests use, held to the same suites as the real things. */
export { type FakeFunction, fakeKernel, type FakeKernel, type FakeKernelOptions } from './fake-kernel.ts';
export { type FakeLibvirt, type FakeLibvirtOptions, startFakeLibvirt } from './fake-libvirt/fake-libvirt.ts';
export { type LostAnswer, memoryFleet, type MemoryFleet } from './fleet-store/memory-fleet.ts';
