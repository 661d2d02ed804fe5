/** What stands around a list of the fleet: that it is being read, that it is old, that the host is of no fleet, that there is more. */
import type { ReactNode } from 'react';
import { clock } from '../shell/notices.ts';
import { ProblemList, RefusalBox } from '../shell/refusal-box.tsx';
import { Skeleton } from '../shell/skeleton.tsx';
import type { Parts } from './use-parts.ts';

interface PartsListProps<Item> {
  readonly parts: Parts<Item>;
  /** What one of them is called, and several. */
  readonly counted: readonly [one: string, several: string];
  readonly nothing: string;
  readonly children: (items: readonly Item[]) => ReactNode;
}

export function PartsList<Item>({ parts, counted: [one, several], nothing, children }: PartsListProps<Item>): ReactNode {
  const { items, last, trouble, more, problems, looked, unread } = parts;
  if (trouble !== undefined && (items === undefined || trouble.code === 'fleet-absent')) return <Refused details={trouble} />;
  if (items === undefined || last === undefined) return <Skeleton what="the fleet" />;
  return (
    <>
      <p className="faint">
        {last.host === null ? 'This machine only looks into the fleet' : `This host is ${last.host} in the fleet`} at <span className="mono">{last.store}</span>
      </p>
      {trouble === undefined ? null : (
        <div className="notice notice-error" role="status">
          <p>
            <strong>
              State of {clock(last.time)}: {trouble.detail}
            </strong>{' '}
            <span className="faint">{trouble.hint === null ? '' : `${trouble.hint}. `}It is tried again.</span>
          </p>
        </div>
      )}
      <ProblemList problems={problems} />
      {unread > problems.length ? <p>{unread - problems.length} more cannot be read.</p> : null}
      {items.length === 0 ? <p>{nothing}</p> : children(items)}
      <p className="actions">
        <span role="status" className="faint">
          {items.length} {items.length === 1 ? one : several}
          {more === undefined ? '' : ', and there may be more'}
          {looked > items.length ? `; ${looked} looked at` : ''}
        </span>
        {more === undefined ? null : (
          <button type="button" onClick={more}>
            More
          </button>
        )}
      </p>
    </>
  );
}

function Refused({ details }: { readonly details: NonNullable<Parts<unknown>['trouble']> }): ReactNode {
  if (details.code === 'fleet-absent') {
    return (
      <>
        <p>{details.detail}.</p>
        <p>{details.hint}.</p>
      </>
    );
  }
  return (
    <>
      <RefusalBox details={details} />
      {details.status === 400 ? null : <p className="faint">It is tried again.</p>}
    </>
  );
}
