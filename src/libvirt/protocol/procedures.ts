/**
 * The procedures of libvirt's remote program that are in use: number, arguments, result. Names are those of
 * remote_protocol.x without its prefix; a test holds the table against that file. Source: remote_protocol.x.
 */
import { array, int, nothing, optional, struct, uhyper, uint } from '../../xdr/codecs.ts';
import type { Codec, ValueOf } from '../../xdr/xdr.ts';
import { domain, network, nodeDevice, optionalText, saslData, text, uuid } from './types.ts';

/** The program that all of these belong to. */
export const REMOTE_PROGRAM = 0x2000_8086;
export const REMOTE_VERSION = 1;

/** The program that asks whether the other side is there. Source: virkeepaliveprotocol.x. */
export const KEEPALIVE_PROGRAM = 0x6b65_6570;
export const KEEPALIVE_VERSION = 1;
export const KEEPALIVE_PING = 1;
export const KEEPALIVE_PONG = 2;

export interface Procedure<A, R> {
  readonly number: number;
  readonly args: Codec<A>;
  readonly result: Codec<R>;
}

const procedure = <A, R>(number: number, args: Codec<A>, result: Codec<R>): Procedure<A, R> => ({ number, args, result });

/** An XDR enum or a truth value that libvirt sends as int. */
const flags = uint;
const dom = struct({ dom: domain });
const net = struct({ net: network });
const byName = struct({ name: text });
const domFlags = struct({ dom: domain, flags });
const netFlags = struct({ net: network, flags });
const xmlFlags = struct({ xml: text, flags });
const domXmlFlags = struct({ dom: domain, xml: text, flags });
const listArgs = struct({ needResults: int, flags });
const xml = struct({ xml: text });
const capabilities = struct({ capabilities: text });
const callback = struct({ callbackID: int });

export const PROCEDURES = {
  CONNECT_OPEN: procedure(1, struct({ name: optionalText, flags }), nothing),
  CONNECT_CLOSE: procedure(2, nothing, nothing),
  CONNECT_GET_TYPE: procedure(3, nothing, struct({ type: text })),
  CONNECT_GET_VERSION: procedure(4, nothing, struct({ hvVer: uhyper })),
  CONNECT_GET_CAPABILITIES: procedure(7, nothing, capabilities),
  DOMAIN_CREATE_XML: procedure(10, struct({ xmlDesc: text, flags }), dom),
  DOMAIN_GET_XML_DESC: procedure(14, domFlags, xml),
  DOMAIN_GET_AUTOSTART: procedure(15, dom, struct({ autostart: int })),
  DOMAIN_LOOKUP_BY_ID: procedure(22, struct({ id: int }), dom),
  DOMAIN_LOOKUP_BY_NAME: procedure(23, byName, dom),
  DOMAIN_LOOKUP_BY_UUID: procedure(24, struct({ uuid }), dom),
  DOMAIN_RESUME: procedure(28, dom, nothing),
  DOMAIN_SET_AUTOSTART: procedure(29, struct({ dom: domain, autostart: int }), nothing),
  DOMAIN_SUSPEND: procedure(34, dom, nothing),
  NETWORK_CREATE: procedure(39, net, nothing),
  NETWORK_DEFINE_XML: procedure(41, xml, net),
  NETWORK_DESTROY: procedure(42, net, nothing),
  NETWORK_GET_XML_DESC: procedure(43, netFlags, xml),
  NETWORK_GET_AUTOSTART: procedure(44, net, struct({ autostart: int })),
  NETWORK_LOOKUP_BY_NAME: procedure(46, byName, net),
  NETWORK_SET_AUTOSTART: procedure(48, struct({ net: network, autostart: int }), nothing),
  NETWORK_UNDEFINE: procedure(49, net, nothing),
  CONNECT_GET_HOSTNAME: procedure(59, nothing, struct({ hostname: text })),
  CONNECT_SUPPORTS_FEATURE: procedure(60, struct({ feature: int }), struct({ supported: int })),
  AUTH_LIST: procedure(66, nothing, struct({ types: array(int, 20) })),
  AUTH_SASL_INIT: procedure(67, nothing, struct({ mechlist: text })),
  AUTH_SASL_START: procedure(68, struct({ mech: text, nil: int, data: saslData }), struct({ complete: int, nil: int, data: saslData })),
  AUTH_SASL_STEP: procedure(69, struct({ nil: int, data: saslData }), struct({ complete: int, nil: int, data: saslData })),
  AUTH_POLKIT: procedure(70, nothing, struct({ complete: int })),
  CONNECT_GET_URI: procedure(110, nothing, struct({ uri: text })),
  NODE_DEVICE_LOOKUP_BY_NAME: procedure(113, byName, struct({ dev: nodeDevice })),
  NODE_DEVICE_GET_XML_DESC: procedure(114, struct({ name: text, flags }), xml),
  NODE_DEVICE_RE_ATTACH: procedure(119, byName, nothing),
  NODE_DEVICE_RESET: procedure(120, byName, nothing),
  DOMAIN_IS_PERSISTENT: procedure(151, dom, struct({ persistent: int })),
  NETWORK_IS_ACTIVE: procedure(152, net, struct({ active: int })),
  NETWORK_IS_PERSISTENT: procedure(153, net, struct({ persistent: int })),
  CONNECT_GET_LIB_VERSION: procedure(157, nothing, struct({ libVer: uhyper })),
  DOMAIN_ATTACH_DEVICE_FLAGS: procedure(160, domXmlFlags, nothing),
  DOMAIN_DETACH_DEVICE_FLAGS: procedure(161, domXmlFlags, nothing),
  DOMAIN_UPDATE_DEVICE_FLAGS: procedure(174, domXmlFlags, nothing),
  DOMAIN_CREATE_WITH_FLAGS: procedure(196, domFlags, dom),
  DOMAIN_GET_STATE: procedure(212, domFlags, struct({ state: int, reason: int })),
  DOMAIN_UNDEFINE_FLAGS: procedure(231, domFlags, nothing),
  DOMAIN_DESTROY_FLAGS: procedure(234, domFlags, nothing),
  CONNECT_LIST_ALL_DOMAINS: procedure(273, listArgs, struct({ domains: array(domain, 16_384), ret: uint })),
  CONNECT_LIST_ALL_NETWORKS: procedure(283, listArgs, struct({ nets: array(network, 16_384), ret: uint })),
  CONNECT_LIST_ALL_NODE_DEVICES: procedure(285, listArgs, struct({ devices: array(nodeDevice, 65_536), ret: uint })),
  NODE_DEVICE_DETACH_FLAGS: procedure(301, struct({ name: text, driverName: optionalText, flags }), nothing),
  CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY: procedure(316, struct({ eventID: int, dom: optional(domain) }), callback),
  CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY: procedure(317, callback, nothing),
  CONNECT_GET_DOMAIN_CAPABILITIES: procedure(
    342,
    struct({ emulatorbin: optionalText, arch: optionalText, machine: optionalText, virttype: optionalText, flags }),
    capabilities,
  ),
  DOMAIN_DEFINE_XML_FLAGS: procedure(350, xmlFlags, dom),
  CONNECT_NODE_DEVICE_EVENT_REGISTER_ANY: procedure(374, struct({ eventID: int, dev: optional(nodeDevice) }), callback),
  CONNECT_NODE_DEVICE_EVENT_DEREGISTER_ANY: procedure(375, callback, nothing),
  DOMAIN_DETACH_DEVICE_ALIAS: procedure(392, struct({ dom: domain, alias: text, flags }), nothing),
} as const;

export type ProcedureName = keyof typeof PROCEDURES;
export type ArgsOf<N extends ProcedureName> = ValueOf<(typeof PROCEDURES)[N]['args']>;
export type ResultOf<N extends ProcedureName> = ValueOf<(typeof PROCEDURES)[N]['result']>;

/** A message that the server sends by itself. */
export interface EventMessage<M> {
  readonly number: number;
  readonly message: Codec<M>;
}

const event = <M>(number: number, message: Codec<M>): EventMessage<M> => ({ number, message });
const deviceMessage = struct({ callbackID: int, dom: domain, devAlias: text });

export const EVENTS = {
  DOMAIN_EVENT_CALLBACK_LIFECYCLE: event(318, struct({ callbackID: int, msg: struct({ dom: domain, event: int, detail: int }) })),
  DOMAIN_EVENT_CALLBACK_DEVICE_REMOVED: event(333, struct({ callbackID: int, msg: struct({ dom: domain, devAlias: text }) })),
  DOMAIN_EVENT_CALLBACK_DEVICE_ADDED: event(354, deviceMessage),
  DOMAIN_EVENT_CALLBACK_DEVICE_REMOVAL_FAILED: event(367, deviceMessage),
  NODE_DEVICE_EVENT_LIFECYCLE: event(376, struct({ callbackID: int, dev: nodeDevice, event: int, detail: int })),
  NODE_DEVICE_EVENT_UPDATE: event(377, struct({ callbackID: int, dev: nodeDevice })),
} as const;

export type EventName = keyof typeof EVENTS;
export type MessageOf<N extends EventName> = ValueOf<(typeof EVENTS)[N]['message']>;
