/** Numbers of libvirt's public interface, by the names it gives them. Source: libvirt-domain.h, libvirt-nodedev.h, virterror.h. */

/** What a change of a guest is to change. */
export const AFFECT = { current: 0, live: 1, config: 2 } as const;

/** Parts of a guest's XML. */
export const DOMAIN_XML = { secure: 1, inactive: 2, migratable: 8 } as const;

/** Which guests a list has. */
export const LIST_DOMAINS = { active: 1, inactive: 2 } as const;

export const LIST_NODE_DEVICES = { pci: 2 } as const;

export const START = { none: 0, paused: 1 } as const;

/** What else goes with a definition; NVRAM stays. */
export const UNDEFINE = { managedSave: 1, snapshotsMetadata: 2, keepNvram: 8 } as const;

/** By number. */
export const DOMAIN_STATES = ['no state', 'running', 'blocked', 'paused', 'shutting down', 'shut off', 'crashed', 'suspended'] as const;
export type DomainState = (typeof DOMAIN_STATES)[number];

/** Events of guests that can be asked for. */
export const DOMAIN_EVENT_IDS = { lifecycle: 0, deviceRemoved: 15, deviceAdded: 19, deviceRemovalFailed: 22 } as const;

/** By number. */
export const LIFECYCLE = ['defined', 'undefined', 'started', 'suspended', 'resumed', 'stopped', 'shutdown', 'pmsuspended', 'crashed'] as const;
export type Lifecycle = (typeof LIFECYCLE)[number];

export const NODE_DEVICE_EVENT_IDS = { lifecycle: 0, update: 1 } as const;

/** By number. */
export const NODE_DEVICE_LIFECYCLE = ['created', 'deleted', 'defined', 'undefined'] as const;
export type NodeDeviceLifecycle = (typeof NODE_DEVICE_LIFECYCLE)[number];

export const AUTH = { none: 0, sasl: 1, polkit: 2 } as const;

/** The server is to ask for a sign of life as well. Source: VIR_DRV_FEATURE_PROGRAM_KEEPALIVE. */
export const FEATURE_KEEPALIVE = 10;

/** Codes of errors that callers act upon. */
export const LIBVIRT_ERROR = {
  noSupport: 3,
  invalidArgument: 8,
  operationFailed: 9,
  noDomain: 42,
  noNetwork: 43,
  authFailed: 45,
  noNodeDevice: 53,
  operationInvalid: 55,
  deviceMissing: 99,
} as const;
