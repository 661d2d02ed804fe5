/** Why no member can be reached: asked of TLS itself, whose reasons gRPC does not give away. */
import { connect } from 'node:tls';
import { HostdevError, type ErrorCode } from '../../errors.ts';
import { wordTable } from '../../word-table.ts';
import { type Identity, identityCheck } from './certificate.ts';
import type { Endpoint } from './endpoint.ts';

const PATIENCE_MS = 1500;
/** With TLS 1.3 a server refuses a certificate after the client takes itself for connected. */
const SETTLED_MS = 300;

interface Reason {
  readonly code: ErrorCode;
  readonly why: string;
}

/** Node's and OpenSSL's codes; alerts are what a server has said of us. Source: RFC 8446, section 6; Node's documents on errors of TLS. */
const REASONS = wordTable<Reason>({
  ECONNREFUSED: { code: 'fleet-unreachable', why: 'nothing listens there' },
  ENOTFOUND: { code: 'fleet-unreachable', why: 'there is no host of that name' },
  EAI_AGAIN: { code: 'fleet-unreachable', why: 'names of hosts cannot be looked up now' },
  EHOSTUNREACH: { code: 'fleet-unreachable', why: 'no way leads there' },
  ENETUNREACH: { code: 'fleet-unreachable', why: 'no way leads there' },
  ETIMEDOUT: { code: 'fleet-unreachable', why: 'it does not answer' },
  ECONNRESET: { code: 'fleet-unreachable', why: 'it ends the connection' },
  ERR_TLS_CERT_ALTNAME_INVALID: { code: 'fleet-certificate', why: "the server's certificate is for another name" },
  CERT_HAS_EXPIRED: { code: 'fleet-certificate', why: "the server's certificate has ended" },
  CERT_NOT_YET_VALID: { code: 'fleet-certificate', why: "the server's certificate has not begun yet; is the clock right?" },
  ...Object.fromEntries(
    ['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'].map(
      (code): [string, Reason] => [code, { code: 'fleet-certificate', why: "the server's certificate is of another authority" }],
    ),
  ),
  CERT_SIGNATURE_FAILURE: { code: 'fleet-certificate', why: "the server's certificate is of another authority" },
  ERR_SSL_WRONG_VERSION_NUMBER: { code: 'fleet-unreachable', why: 'what answers does not speak TLS' },
  ERR_SSL_PACKET_LENGTH_TOO_LONG: { code: 'fleet-unreachable', why: 'what answers does not speak TLS' },
});

/** Looks at each address, and says what came of it. Codes of certificates tell more than those of addresses. */
export async function explainUnreachable(endpoints: readonly Endpoint[], identity: Identity): Promise<HostdevError> {
  const reasons = await Promise.all(endpoints.map(async (endpoint) => ({ endpoint, ...(await reasonFor(endpoint, identity)) })));
  const code = reasons.find((each) => each.code === 'fleet-certificate')?.code ?? 'fleet-unreachable';
  const told = reasons.map(({ endpoint, why }) => `${endpoint.url}: ${why}`).join('; ');
  const hint =
    code === 'fleet-certificate'
      ? "look at the certificate with 'openssl x509 -in FILE -noout -subject -issuer -dates'"
      : 'check the addresses, and whether the members run and may be reached from here';
  return new HostdevError(code, `no member of the etcd can be used: ${told}`, { hint });
}

function reasonFor(endpoint: Endpoint, identity: Identity): Promise<Reason> {
  return new Promise((resolve) => {
    const { host, port } = endpoint;
    const servername = endpoint.named ? host : '';
    const socket = connect({ host, port, servername, secureContext: identity.context, checkServerIdentity: identityCheck(endpoint), ALPNProtocols: ['h2'] });
    let timer = setTimeout(() => end(REASONS['ETIMEDOUT']), PATIENCE_MS);
    const end = (reason: Reason | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reason ?? { code: 'fleet-unreachable', why: 'it ends the connection' });
    };
    socket.on('secureConnect', () => {
      clearTimeout(timer);
      timer = setTimeout(() => end({ code: 'fleet-unreachable', why: 'it is there, and does not speak as an etcd does' }), SETTLED_MS);
    });
    // What a server that lets us in says first.
    socket.on('data', () => end({ code: 'fleet-no-quorum', why: 'it is there, and did not answer in time' }));
    socket.on('error', (error: NodeJS.ErrnoException) => end(reasonOf(error.code ?? '', identity)));
    socket.on('close', () => end(undefined));
  });
}

function reasonOf(code: string, identity: Identity): Reason | undefined {
  if (!/^ERR_SSL_.*ALERT/.test(code)) return REASONS[code] ?? { code: 'fleet-unreachable', why: code === '' ? 'the connection failed' : code };
  const who = `the certificate of ${identity.user}`;
  if (identity.ends.getTime() < Date.now())
    return { code: 'fleet-certificate', why: `the server does not accept ${who}, which ended on ${identity.ends.toISOString()}` };
  if (/UNKNOWN_CA|CERTIFICATE|DECRYPT_ERROR/.test(code))
    return { code: 'fleet-certificate', why: `the server does not accept ${who}: is it of its authority?` };
  return { code: 'fleet-unreachable', why: `the server ends the conversation (${code})` };
}
