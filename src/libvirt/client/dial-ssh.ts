/** libvirt on another machine through the user's own ssh: with its configuration, agent, jump hosts and known hosts. */
import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { HostdevError } from '../../errors.ts';
import type { LibvirtUri } from '../protocol/uri.ts';
import { socketPath } from './dial-unix.ts';
import { shellWord } from '../../shell-word.ts';
import { sshArguments } from '../../ssh-arguments.ts';

/** Of what ssh says on stderr the end is kept. */
const WORDS_KEPT = 2000;

/** So long ssh has to take its leave of the other side. */
const GRACE_MS = 2000;

/** Status of {@link DEAF} where there is no such program; neither ssh nor a shell ends with it. */
const NO_PROGRAM = 120;

/**
 * Ctrl-C of a terminal goes to all of its processes, and the connection is needed most for undoing then: ssh does not hear it. It keeps
 * the terminal, on which it asks for passphrases and about unknown hosts.
 */
const DEAF = `trap '' INT; command -v "$1" >/dev/null 2>&1 || exit ${NO_PROGRAM}; exec "$@"`;

export function dialSsh(uri: LibvirtUri): Duplex {
  const program = uri.parameters['command'] ?? 'ssh';
  const child = spawn('/bin/sh', ['-c', DEAF, 'sh', program, ...libvirtSshArguments(uri)], { stdio: ['pipe', 'pipe', 'pipe'] });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (words = (words + chunk).slice(-WORDS_KEPT)));
  // An end of its input is not the end of the matter: what ssh has to say about it comes with its exit.
  const stream = new Duplex({
    read: () => void child.stdout.resume(),
    write: (chunk, _encoding, done) => void child.stdin.write(chunk, () => done()),
    final: (done) => void child.stdin.end(done),
    destroy: (error, done) => {
      child.kill('SIGTERM');
      // One that does not listen is killed, and must not keep us.
      setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      done(error);
    },
  });
  child.stdin.on('error', () => undefined);
  child.stdout.on('data', (chunk) => {
    if (!stream.push(chunk)) child.stdout.pause();
  });
  child.once('error', (error) => stream.destroy(unreachable(uri, error.message)));
  child.once('close', (status, by) => {
    if (status === 0) stream.push(null);
    else if (status === NO_PROGRAM) stream.destroy(unreachable(uri, `there is no program ${program} on this machine`));
    else stream.destroy(unreachable(uri, words.trim().split('\n').slice(-3).join(' / ') || `ssh ended with ${status ?? by}`));
  });
  return stream;
}

function unreachable(uri: LibvirtUri, why: string): HostdevError {
  return new HostdevError('libvirt-unreachable', `${uri.text}: ${why}`, {
    subject: uri.text,
    hint: `try 'ssh ${shellWord(`${uri.user === undefined ? '' : `${uri.user}@`}${uri.host}`)}' first; hostdev uses the same configuration`,
  });
}

/**
 * Arguments of ssh. The words for the other side's shell are ours; what of the URI goes into them was checked to be no more
 * than letters, digits and `._/+@:=-` when it was read.
 */
export function libvirtSshArguments(uri: LibvirtUri): string[] {
  return sshArguments({ options: sshOptions(uri), host: uri.host ?? '', command: remoteCommand(uri) });
}

/** How the machine of a URI is reached, whatever is run there. */
export function sshOptions(uri: LibvirtUri): string[] {
  const { keyfile, known_hosts: knownHosts, known_hosts_verify: verify, no_verify: noVerify, no_tty: noTty } = uri.parameters;
  return [
    ...(uri.port === undefined ? [] : ['-p', String(uri.port)]),
    ...(uri.user === undefined ? [] : ['-l', uri.user]),
    ...(keyfile === undefined ? [] : ['-i', keyfile]),
    ...(knownHosts === undefined ? [] : ['-o', `UserKnownHostsFile=${knownHosts}`]),
    ...(noTty === '1' ? ['-o', 'BatchMode=yes'] : []),
    ...(noVerify === '1' || verify === 'ignore' ? ['-o', 'StrictHostKeyChecking=no'] : verify === 'auto' ? ['-o', 'StrictHostKeyChecking=accept-new'] : []),
  ];
}

/** For the login shell there, whichever it is: all read one word in single quotes alike. */
function remoteCommand(uri: LibvirtUri): string {
  return `exec sh -c '${remoteScript(uri).replaceAll("'", `'\\''`)}'`;
}

/** virt-ssh-helper finds the socket itself; netcat has to be told. */
function remoteScript(uri: LibvirtUri): string {
  const { proxy = 'auto', netcat = 'nc' } = uri.parameters;
  const native = `exec virt-ssh-helper '${uri.serverName}'`;
  // The socket of somebody's session is somewhere below his directories: only the helper finds it.
  const isLost = uri.path === '/session' && uri.parameters['socket'] === undefined;
  // What runs there is not known here: the usual places are asked in turn.
  const sockets = uri.parameters['socket'] === undefined ? REMOTE_SOCKETS : [socketPath(uri)];
  const relay = isLost
    ? NO_SESSION
    : `for s in ${sockets.map((path) => `'${path}'`).join(' ')}; do if [ -S "$s" ]; then exec '${netcat}' -U "$s"; fi; done; echo 'no socket of libvirt there' >&2; exit 1`;
  if (proxy === 'native') return native;
  if (proxy === 'netcat' || uri.parameters['socket'] !== undefined) return relay;
  return `if command -v virt-ssh-helper >/dev/null 2>&1; then ${native}; else ${relay}; fi`;
}

/** Words of a shell. */
const NO_SESSION = 'echo "a session is only found by virt-ssh-helper, which is not there; or name its socket: ?socket=PATH" >&2; exit 1';

const REMOTE_SOCKETS = ['/run/libvirt/virtqemud-sock', '/run/libvirt/libvirt-sock'];
