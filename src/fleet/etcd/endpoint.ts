/** The address of a member of an etcd, where it is connected to. */

export interface Endpoint {
  /** `https://etcd1.example.org:2379`, as it is told. */
  readonly url: string;
  /** A name, or an address without the brackets of IPv6. */
  readonly host: string;
  readonly port: number;
  /** Names are told to TLS, addresses are not (RFC 6066). */
  readonly named: boolean;
}

/** Of what was checked where somebody wrote it: scheme, host and port, nothing else. */
export function endpointOf(url: string): Endpoint {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return { url, host, port: Number(port === '' ? HTTPS_PORT : port), named: !/^[\d.]+$|:/.test(host) };
}

/** URL leaves it out. */
const HTTPS_PORT = 443;
