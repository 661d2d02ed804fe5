/** The lines of a tree beside one of its rows. They are decoration: the row says its level. */
import type { ReactNode } from 'react';
import type { TreeRow } from '../model/tree-rows.ts';

const STEP = 18;
/** As high as any row: what is too long is cut. */
const HEIGHT = 400;
/** Where the first line of a row has its middle. */
const MIDDLE = 16;

interface RailsProps {
  readonly row: TreeRow;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

export function Rails({ row: { level, continues, isLast, hasChildren }, isOpen, onToggle }: RailsProps): ReactNode {
  const width = level * STEP;
  const at = (depth: number): number => depth * STEP + STEP / 2 - STEP;
  const lines = continues.flatMap((goesOn, i) => (goesOn ? [`M${at(i + 1)} 0V${HEIGHT}`] : []));
  if (level > 1) lines.push(`M${at(level - 1)} 0V${isLast ? MIDDLE : HEIGHT}M${at(level - 1)} ${MIDDLE}H${at(level) - 5}`);
  if (hasChildren && isOpen) lines.push(`M${at(level)} ${MIDDLE + 5}V${HEIGHT}`);
  return (
    <span className="rails" style={{ width }}>
      <svg width={width} height={HEIGHT} aria-hidden="true" onClick={hasChildren ? onToggle : undefined}>
        <path d={lines.join('')} />
        {hasChildren ? <path className="knob" d={knob(at(level), isOpen)} /> : <circle className="leaf" cx={at(level)} cy={MIDDLE} r="2.5" />}
      </svg>
    </span>
  );
}

function knob(x: number, isOpen: boolean): string {
  const box = `M${x - 5} ${MIDDLE - 5}h10v10h-10z`;
  return `${box}M${x - 3} ${MIDDLE}h6${isOpen ? '' : `M${x} ${MIDDLE - 3}v6`}`;
}
