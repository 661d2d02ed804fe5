/** Messages of QMP, QEMU's machine protocol: one JSON object a line. Source: QEMU's QMP protocol specification. */
import { HostdevError } from '../../errors.ts';

export type QmpMessage =
  | { readonly kind: 'greeting'; readonly version: string }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number | undefined; readonly class: string; readonly text: string }
  | { readonly kind: 'event'; readonly name: string; readonly data: Readonly<Record<string, unknown>> };

/** Longest line; the longest real ones are lists of some hundred kilobytes. */
export const MAX_LINE = 16 * 1024 * 1024;

/** The line of a command. */
export function encodeCommand(id: number, command: string, args: Readonly<Record<string, unknown>> | undefined): string {
  return `${JSON.stringify({ execute: command, ...(args === undefined ? {} : { arguments: args }), id })}\n`;
}

/**
 * The message of a line without its end.
 *
 * @throws {HostdevError} `qmp-malformed`.
 */
export function parseMessage(line: string): QmpMessage {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw malformedQmp(`'${line.slice(0, 40)}' is not JSON`);
  }
  if (!isRecord(value)) throw malformedQmp('a message is no object');
  const { id } = value;
  if ('return' in value && typeof id === 'number') return { kind: 'result', id, value: value['return'] };
  if (isRecord(value['error'])) {
    const { class: name, desc } = value['error'];
    return { kind: 'error', id: typeof id === 'number' ? id : undefined, class: wordOf(name), text: wordOf(desc) };
  }
  if (typeof value['event'] === 'string') return { kind: 'event', name: value['event'], data: isRecord(value['data']) ? value['data'] : {} };
  if (isRecord(value['QMP'])) return { kind: 'greeting', version: versionOf(value['QMP']) };
  throw malformedQmp(`a message is of no known kind: ${line.slice(0, 40)}`);
}

function versionOf(greeting: Readonly<Record<string, unknown>>): string {
  const version = isRecord(greeting['version']) ? greeting['version'] : {};
  const { major, minor, micro } = isRecord(version['qemu']) ? version['qemu'] : {};
  return [major, minor, micro].map(wordOf).join('.');
}

/** A value of any kind as text; not every object of JSON has one of its own. */
function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function malformedQmp(message: string): HostdevError {
  return new HostdevError('qmp-malformed', `QEMU's monitor: ${message}`, { hint: 'is the socket one that was made with -qmp or -mon mode=control?' });
}
