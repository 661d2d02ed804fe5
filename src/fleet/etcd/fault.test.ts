import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { faultOf } from './fault.ts';

describe('what a status of gRPC means', () => {
  it.each([
    ['no right', status.PERMISSION_DENIED, 'etcdserver: permission denied', 'fleet-denied'],
    ['no certificate where rights are on', status.INVALID_ARGUMENT, 'etcdserver: user name is empty', 'fleet-certificate'],
    ['a token of another time', status.UNAUTHENTICATED, 'etcdserver: invalid auth token', 'fleet-certificate'],
    ['a full store', status.RESOURCE_EXHAUSTED, 'etcdserver: mvcc: database space exceeded', 'fleet-full'],
    ['a revision that was compacted', status.OUT_OF_RANGE, 'etcdserver: mvcc: required revision has been compacted', 'fleet-revision-gone'],
    ['a revision that is to come', status.OUT_OF_RANGE, 'etcdserver: mvcc: required revision is a future revision', 'fleet-revision-gone'],
    ['a request that is too large', status.INVALID_ARGUMENT, 'etcdserver: request is too large', 'fleet-too-large'],
    ['an answer that is too large', status.RESOURCE_EXHAUSTED, 'Received message larger than max (50 vs 40)', 'fleet-too-large'],
    ['what this etcd does not know', status.UNIMPLEMENTED, 'unknown method AuthStatus', 'fleet-refused'],
    ['data that is corrupt', status.DATA_LOSS, 'etcdserver: corrupt cluster', 'fleet-refused'],
  ])('%s is refused for good', (_, code, details, refusal) => {
    const fault = faultOf({ code, details });
    expect(fault.kind === 'refused' && fault.error.code).toBe(refusal);
  });

  it.each([
    ['no answer in time', status.DEADLINE_EXCEEDED, 'Deadline exceeded after 2.5s'],
    ['no leader', status.UNAVAILABLE, 'etcdserver: no leader'],
    ['a leader that changed', status.UNAVAILABLE, 'etcdserver: leader changed'],
    ['a connection that was lost', status.UNAVAILABLE, 'Connection dropped'],
    ['a member that stops', status.UNKNOWN, 'etcdserver: server stopped'],
    ['an answer that cannot be read', status.INTERNAL, 'Response message parsing error'],
    ['too much at once', status.RESOURCE_EXHAUSTED, 'etcdserver: too many requests'],
    ['rights that somebody changes meanwhile', status.INVALID_ARGUMENT, 'etcdserver: revision of auth store is old'],
    ['what was given up', status.CANCELLED, 'Cancelled on client'],
  ])('%s may be tried again', (_, code, details) => {
    expect(faultOf({ code, details }).kind).toBe('transient');
  });

  it('without a leader nothing has happened; after anything else that may be tried again it may have', () => {
    expect(faultOf({ code: status.UNAVAILABLE, details: 'etcdserver: no leader' })).toMatchObject({ untouched: true });
    for (const details of ['etcdserver: leader changed', 'etcdserver: request timed out', 'Connection dropped', 'there was no leader']) {
      expect(faultOf({ code: status.UNAVAILABLE, details })).not.toHaveProperty('untouched');
    }
  });
});
