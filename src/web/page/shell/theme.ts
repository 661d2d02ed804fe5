/** Light, dark, or as the system has it. Cockpit keeps its choice under `shell:style`, and pages of the same origin follow it. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEYS = ['hostdev:theme', 'shell:style'] as const;

/** What was chosen here, or else in Cockpit. */
export function chosenTheme(): Theme {
  for (const key of KEYS) {
    const found = THEMES.find((theme) => theme === read(key));
    if (found !== undefined) return found;
  }
  return 'system';
}

export function chooseTheme(theme: Theme): void {
  try {
    globalThis.localStorage.setItem(KEYS[0], theme);
  } catch {
    // A browser that keeps nothing still shows it.
  }
  showTheme(theme);
}

export function showTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

function read(key: string): string | null {
  try {
    const found = globalThis.localStorage.getItem(key);
    return found === 'auto' ? 'system' : found;
  } catch {
    return null;
  }
}
