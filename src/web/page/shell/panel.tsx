/** What is open beside a list. It takes the focus when it is opened, and Esc gives it back to where it came from. */
import { type ReactNode, useEffect, useRef } from 'react';
import './panel.css';

interface PanelProps {
  /** What it is about; another one takes the focus anew. */
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Panel({ title, onClose, children }: PanelProps): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    // After a reload the focus stays where the browser begins.
    if (!isFirst.current || document.activeElement !== document.body) heading.current?.focus();
    isFirst.current = false;
  }, [title]);
  return (
    <aside
      className="panel"
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <div className="panel-head">
        <h2 ref={heading} tabIndex={-1} className="mono">
          {title}
        </h2>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
      {children}
    </aside>
  );
}
