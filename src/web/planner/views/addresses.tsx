/** Where every device comes, and who decided, as `hostdev expand --explain` tells it; below that what is written into the definition. */
import type { ReactNode } from 'react';
import { explainedRows } from '../../../addressing/explain.ts';
import type { Look } from '../model/look.ts';
import { Refused } from './refused.tsx';
import { XmlDiff } from './xml-diff.tsx';
import '../../design/stacked.css';

interface AddressesProps {
  readonly look: Look;
  readonly onOpen: (line: number, column: number) => void;
}

export function Addresses({ look: { definition, expansion }, onOpen }: AddressesProps): ReactNode {
  if (!expansion.ok) return <Refused problems={expansion.problems} onOpen={onOpen} />;
  const { header, rows } = explainedRows(expansion.placements);
  return (
    <>
      <table className="stacked addresses">
        <caption className="visually-hidden">Guest addresses and the reason of each</caption>
        <thead>
          <tr>
            {header.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, i) => (
            <Row key={cells.join(' ')} cells={cells} header={header} location={expansion.placements[i]?.location} onOpen={onOpen} />
          ))}
        </tbody>
      </table>
      <h2>In the definition</h2>
      <XmlDiff before={definition.text} after={expansion.xml} />
    </>
  );
}

interface RowProps extends Pick<AddressesProps, 'onOpen'> {
  readonly cells: readonly string[];
  readonly header: readonly string[];
  /** Where the device stands in the definition; undefined for one that libvirt adds. */
  readonly location: { readonly line: number; readonly column: number } | undefined;
}

function Row({ cells: [device = '', ...others], header, location, onOpen }: RowProps): ReactNode {
  return (
    <tr>
      <th scope="row">
        {location === undefined ? (
          device
        ) : (
          <button type="button" className="link" onClick={() => onOpen(location.line, location.column)}>
            {device}
          </button>
        )}
      </th>
      {others.map((text, i) => (
        <td key={header[i + 1]} data-label={header[i + 1]} className={header[i + 1] === 'WHY' ? undefined : 'mono'}>
          {text}
        </td>
      ))}
    </tr>
  );
}
