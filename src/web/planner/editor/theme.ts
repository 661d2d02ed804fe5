/** Colours of the editor: those of the page, which reach into its shadow root. */
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const UNDERLINE = { textDecorationLine: 'underline', textDecorationStyle: 'wavy', textUnderlineOffset: '3px', backgroundImage: 'none' };

const SURFACE = EditorView.theme({
  '&': { height: '100%', color: 'var(--text)', backgroundColor: 'var(--ground)', fontSize: '0.875rem' },
  '&.cm-focused': { outline: '2px solid var(--link)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.45' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { color: 'var(--faint)', backgroundColor: 'var(--raised)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--chosen) 45%, transparent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, ::selection': { backgroundColor: 'var(--chosen)' },
  '.cm-lintRange-error': { ...UNDERLINE, textDecorationColor: 'var(--error)' },
  '.cm-lintRange-warning': { ...UNDERLINE, textDecorationColor: 'var(--warning)' },
  '.cm-tooltip': { color: 'var(--text)', backgroundColor: 'var(--raised)', border: '1px solid var(--edge)', maxWidth: '40rem' },
  '.cm-panels': { color: 'var(--text)', backgroundColor: 'var(--raised)' },
  '.cm-diagnosticText': { whiteSpace: 'pre-wrap' },
});

const WORDS = HighlightStyle.define([
  { tag: tags.tagName, color: 'var(--link)' },
  { tag: tags.attributeName, color: 'var(--unknown)' },
  { tag: tags.attributeValue, color: 'var(--free)' },
  { tag: tags.comment, color: 'var(--faint)', fontStyle: 'italic' },
  { tag: [tags.angleBracket, tags.processingInstruction, tags.definitionOperator], color: 'var(--faint)' },
]);

export const THEME = [SURFACE, syntaxHighlighting(WORDS)];
