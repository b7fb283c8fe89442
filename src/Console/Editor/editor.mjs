// The script editor of the New task page: CodeMirror 6 with shell and Python highlighting.
// A Blazor component mounts it, is told of changes 150 ms after the last key, and reads the text when it needs it.
import { EditorState, Compartment } from '@codemirror/state';
import { EditorView, keymap, lineNumbers, highlightActiveLine, highlightActiveLineGutter, drawSelection, placeholder } from '@codemirror/view';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { StreamLanguage, HighlightStyle, syntaxHighlighting, bracketMatching, indentUnit } from '@codemirror/language';
import { shell } from '@codemirror/legacy-modes/mode/shell';
import { python } from '@codemirror/legacy-modes/mode/python';
import { tags } from '@lezer/highlight';

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--code-keyword)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: tags.comment, color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: tags.number, color: 'var(--code-number)' },
  { tag: [tags.definition(tags.variableName), tags.variableName], color: 'var(--code-variable)' },
  { tag: [tags.standard(tags.variableName), tags.attributeName], color: 'var(--code-builtin)' },
]);

const look = EditorView.theme({
  '&': { color: 'var(--code-ink)', backgroundColor: 'var(--code-back)', fontSize: '12.5px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '20px', minHeight: '68px', maxHeight: '420px', overflow: 'auto' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--code-ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--code-ink)' },
  '.cm-gutters': { backgroundColor: 'var(--code-back)', color: 'var(--code-gutter)', border: 'none', minWidth: '48px' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 12px 0 16px' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--code-active)' },
  '.cm-placeholder': { color: 'var(--code-gutter)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--code-selection) !important' },
  '.cm-matchingBracket': { backgroundColor: 'var(--code-selection)', outline: 'none' },
}, { dark: true });

const languageOf = interpreter => /python/.test(interpreter ?? '') ? StreamLanguage.define(python) : StreamLanguage.define(shell);

/** Mounts an editor in an element; the returned object is the component's handle. */
export function mount(element, component, options) {
  const language = new Compartment();
  let timer = 0;
  const tell = () => {
    clearTimeout(timer);
    timer = 0;
    return component.invokeMethodAsync('OnScriptChanged', view.state.doc.toString());
  };
  const view = new EditorView({
    parent: element,
    state: EditorState.create({
      doc: options.script ?? '',
      extensions: [
        lineNumbers(), history(), drawSelection(), bracketMatching(), highlightActiveLine(), highlightActiveLineGutter(),
        indentUnit.of('    '), EditorState.tabSize.of(4),
        // Escape, then Tab leaves the editor: the keyboard is never trapped.
        keymap.of([...defaultKeymap.filter(binding => binding.key !== 'Mod-Enter'), ...historyKeymap, indentWithTab]),
        language.of(languageOf(options.interpreter)), syntaxHighlighting(colours), look, placeholder(options.placeholder ?? ''),
        EditorView.contentAttributes.of({ tabindex: '0', 'aria-label': options.label ?? '', spellcheck: 'false', autocapitalize: 'off' }),
        EditorView.updateListener.of(update => {
          if (update.docChanged) {
            clearTimeout(timer);
            timer = setTimeout(tell, 150);
          }
        }),
      ],
    }),
  });
  return {
    value: () => view.state.doc.toString(),
    setScript: script => {
      if (script !== view.state.doc.toString()) {
        view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: script } });
      }
    },
    setInterpreter: interpreter => view.dispatch({ effects: language.reconfigure(languageOf(interpreter)) }),
    focus: () => view.focus(),
    dispose: () => {
      clearTimeout(timer);
      view.destroy();
    },
  };
}
