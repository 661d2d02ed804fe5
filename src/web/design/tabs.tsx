/** Tabs, as the ARIA Authoring Practices have them: one is in the order of Tab, arrows choose. */
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import './tabs.css';

interface Tab {
  readonly name: string;
  /** Only that of the chosen one is drawn. */
  readonly content: () => ReactNode;
}

interface TabsProps {
  readonly label: string;
  readonly tabs: readonly Tab[];
}

export function Tabs({ label, tabs }: TabsProps): ReactNode {
  const [name, choose] = useState(tabs[0]?.name);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const chosen = Math.max(
    0,
    tabs.findIndex((tab) => tab.name === name),
  );
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = { ArrowRight: chosen + 1, ArrowLeft: chosen - 1 + tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    choose(tabs[next % tabs.length]?.name);
    list.current?.querySelectorAll('button')[next % tabs.length]?.focus();
  };
  return (
    <div className="tabs">
      <div role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
        {tabs.map((tab, i) => (
          <button
            key={tab.name}
            type="button"
            role="tab"
            id={`${id}${i}`}
            aria-selected={i === chosen}
            aria-controls={`${id}panel`}
            tabIndex={i === chosen ? 0 : -1}
            onClick={() => choose(tab.name)}
          >
            {tab.name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}panel`} aria-labelledby={`${id}${chosen}`} tabIndex={0}>
        {tabs[chosen]?.content()}
      </div>
    </div>
  );
}
