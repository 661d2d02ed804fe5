/** Light, dark, or as the system has it: chosen here, or in Cockpit where the page is in its frame. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'hostdev:theme';

/** Where Cockpit's shell keeps its style, for all of its pages: `auto`, `light` or `dark`. */
const KEY_OF_COCKPIT = 'shell:style';

export function chosenTheme(): Theme {
  return themeUnder(KEY);
}

export function chooseTheme(theme: Theme): void {
  try {
    globalThis.localStorage.setItem(KEY, theme);
  } catch {
    // A browser that keeps nothing still shows it.
  }
  showTheme(theme);
}

/** Shows the style of Cockpit's shell, now and whenever it is changed there; gives what ends that. */
export function followThemeOfCockpit(): () => void {
  const show = (): void => showTheme(themeUnder(KEY_OF_COCKPIT));
  // The shell is another document with the same storage, so what it stores is told here.
  const onStored = ({ key }: StorageEvent): void => {
    if (key === KEY_OF_COCKPIT || key === null) show();
  };
  globalThis.addEventListener('storage', onStored);
  show();
  return () => globalThis.removeEventListener('storage', onStored);
}

export function showTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

/** Cockpit's `auto` is no theme of ours, and means the same as none. */
function themeUnder(key: string): Theme {
  try {
    const found = globalThis.localStorage.getItem(key);
    return THEMES.find((theme) => theme === found) ?? 'system';
  } catch {
    return 'system';
  }
}
