/** The editor of a definition, or of a wish: CodeMirror, with problems at their lines. */
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { xml } from '@codemirror/lang-xml';
import { bracketMatching } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { Annotation, Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import type { Problem } from '../../../errors.ts';
import { THEME } from './theme.ts';

export interface EditorOptions {
  readonly text: string;
  readonly kind: TextKind;
  readonly label: string;
  readonly onChange: (text: string) => void;
}

/** A definition is XML; a wish has no colours. */
export type TextKind = 'definition' | 'wish';

export interface Editor {
  /** Replaces the whole text, unless it is the same already. */
  readonly setText: (text: string) => void;
  /** What its text is, and what a screen reader calls it. */
  readonly setKind: (kind: TextKind, label: string) => void;
  readonly showProblems: (problems: readonly Problem[]) => void;
  /** Puts the caret at a place and the focus into the editor; line and column begin with 1. */
  readonly goTo: (line: number, column: number) => void;
  readonly destroy: () => void;
}

export type CreateEditor = (place: HTMLElement, options: EditorOptions) => Editor;

/** A text that nobody has typed here. */
const FromOutside = Annotation.define<boolean>();

/** Its styles are in a shadow root: a page whose policy forbids `<style>` takes them there. */
export const createEditor: CreateEditor = (place, { text, kind: firstKind, label: firstLabel, onChange }) => {
  const root = place.shadowRoot ?? place.attachShadow({ mode: 'open' });
  root.replaceChildren();
  const kindOfText = new Compartment();
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        bracketMatching(),
        highlightActiveLine(),
        lintGutter(),
        // From the beginning: a field without a name is there for nobody.
        kindOfText.of(extensionsOf(firstKind, firstLabel)),
        THEME,
        keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap]),
        // Files are opened by the planner, which hears of them next; the editor would write them into the text.
        EditorView.domEventHandlers({ drop: (event) => (event.dataTransfer?.files.length ?? 0) > 0 }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !update.transactions.some((each) => each.annotation(FromOutside) === true)) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  const offsetOf = (line: number, column: number): number => {
    const { doc } = view.state;
    const found = doc.line(Math.min(Math.max(line, 1), doc.lines));
    return Math.min(found.from + column - 1, found.to);
  };
  const diagnostic = ({ severity, message, hint, location }: Problem): Diagnostic[] => {
    if (location === undefined) return [];
    const from = offsetOf(location.line, location.column);
    const rest = view.state.doc.lineAt(from);
    const length = /^<\/?[\w:.-]+|^[\w:.-]+|^./.exec(rest.text.slice(from - rest.from))?.[0].length ?? 0;
    return [{ from, to: from + length, severity, message: hint === undefined ? message : `${message}\n${hint}` }];
  };
  return {
    setText: (next) => {
      // What was typed comes back as it was given.
      if (next.replaceAll(/\r\n?/g, '\n') === view.state.doc.toString()) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next }, annotations: FromOutside.of(true) });
    },
    setKind: (kind, label) => {
      view.dispatch({ effects: kindOfText.reconfigure(extensionsOf(kind, label)) });
    },
    showProblems: (problems) => view.dispatch(setDiagnostics(view.state, problems.flatMap(diagnostic))),
    goTo: (line, column) => {
      const at = offsetOf(line, column);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
};

function extensionsOf(kind: TextKind, label: string): Extension {
  return [EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }), kind === 'definition' ? xml() : []];
}
