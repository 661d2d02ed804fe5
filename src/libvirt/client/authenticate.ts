/** What a server wants to know before it opens a connection. */
import { HostdevError } from '../../errors.ts';
import { AUTH } from '../protocol/numbers.ts';
import type { CallOptions, Connection } from './connection.ts';
import { startScram } from './scram.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Asks for them when the server does; undefined when there are none. */
export type AskCredentials = () => Promise<Credentials | undefined>;

const MECHANISM = 'SCRAM-SHA-256';

/**
 * Does what the server wants.
 *
 * @returns whether it wanted anything.
 * @throws {HostdevError} `libvirt-auth`.
 */
export async function authenticate(connection: Connection, ask: AskCredentials | undefined, options: CallOptions = {}): Promise<boolean> {
  const { types } = await connection.call('AUTH_LIST', undefined, options);
  const [type] = types;
  if (type === undefined || type === AUTH.none) return false;
  if (type === AUTH.polkit) {
    await connection.call('AUTH_POLKIT', undefined, options);
    return true;
  }
  if (type !== AUTH.sasl) throw new HostdevError('libvirt-auth', `libvirt asks for an authentication of type ${type}, which hostdev does not know`);
  await scram(connection, ask, options);
  return true;
}

async function scram(connection: Connection, ask: AskCredentials | undefined, options: CallOptions): Promise<void> {
  const { mechlist } = await connection.call('AUTH_SASL_INIT', undefined, options);
  if (!mechlist.split(/[\s,]+/).includes(MECHANISM)) {
    throw new HostdevError('libvirt-auth', `libvirt's server offers ${mechlist || 'nothing'}, but not ${MECHANISM}`, {
      hint: `add 'mech_list: scram-sha-256' to its sasl2/libvirt.conf`,
    });
  }
  const credentials = await ask?.();
  if (credentials === undefined) {
    throw new HostdevError('libvirt-auth', "libvirt's server asks for user name and password", {
      hint: 'write them to ~/.config/libvirt/auth.conf, as for virsh',
    });
  }
  const exchange = startScram(credentials.user, credentials.password);
  const challenge = await connection.call('AUTH_SASL_START', { mech: MECHANISM, ...send(exchange.first) }, options);
  const answer = await connection.call('AUTH_SASL_STEP', send(exchange.final(receive(challenge))), options);
  exchange.verify(receive(answer));
  // Servers may want one more, empty step.
  if (answer.complete === 0) await connection.call('AUTH_SASL_STEP', { nil: 1, data: [] }, options);
}

function send(text: string): { readonly nil: number; readonly data: readonly number[] } {
  return { nil: 0, data: [...Buffer.from(text)] };
}

function receive({ data }: { readonly data: readonly number[] }): string {
  // libvirt's server counts a zero byte at the end as part of it.
  return Buffer.from(data).toString('utf8').replace(/\0$/, '');
}
