// The editor of scenarios: CodeMirror with YAML, the checker's messages, and completion of names by the server.

import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import type { CompletionContext } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { linter, lintGutter, lintKeymap } from "@codemirror/lint";
import type { Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import type { Text } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { ask, inWords } from "./api";
import type { Mark, Offer } from "./api";

const WAIT = 350; // ms without a key before the text is checked

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--c1)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  { tag: [tags.string, tags.content], color: "var(--ink)" },
  { tag: [tags.keyword, tags.bool, tags.number], color: "var(--c2)" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "var(--soft)" },
]);

const look = EditorView.theme({
  "&": { backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--rule)", borderRadius: "4px", height: "100%" },
  "&.cm-focused": { outline: "2px solid var(--link)" },
  ".cm-scroller": { fontFamily: "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace", fontSize: "0.82rem", lineHeight: "1.55" },
  ".cm-gutters": { backgroundColor: "var(--raised)", color: "var(--soft)", border: "none" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--raised) 70%, transparent)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--link) 28%, transparent) !important" },
  ".cm-tooltip, .cm-panels": { backgroundColor: "var(--raised)", color: "var(--ink)", border: "1px solid var(--rule)", fontFamily: "var(--sans)", fontSize: "0.8rem" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--link)", color: "var(--paper)" },
  ".cm-diagnostic": { padding: "0.3rem 0.6rem", maxWidth: "36rem" },
  ".cm-completionInfo": { maxWidth: "24rem" },
});

const offset = (doc: Text, line: number, column: number): number => {
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(at.from + Math.max(column - 1, 0), at.to);
};

export function edit(
  into: HTMLElement, text: string, origin: () => string,
  heard: { marks(found: Mark[]): void; changed(text: string): void; apply(): void },
) {
  const check = async (view: EditorView): Promise<Diagnostic[]> => {
    const { marks } = await ask<{ marks: Mark[] }>("check", { origin: origin(), text: view.state.doc.toString() });
    heard.marks(marks);
    const doc = view.state.doc;
    return marks.map(({ stretch, problem }) => {
      const from = offset(doc, stretch.line, stretch.column);
      return {
        from, to: Math.max(from, offset(doc, stretch.end_line, stretch.end_column)), severity: problem.severity,
        message: inWords({ ...problem, line: null, path: "" }),
      };
    });
  };
  const complete = async (context: CompletionContext) => {
    const word = context.matchBefore(/[\w.]*/);
    if (!context.explicit && (!word || word.from === word.to)) return null;
    const line = context.state.doc.lineAt(context.pos);
    const asked = { origin: origin(), text: context.state.doc.toString(), line: line.number, column: context.pos - line.from + 1 };
    const { offers } = await ask<{ offers: Offer[] }>("complete", asked);
    return {
      from: word ? word.from : context.pos,
      options: offers.map((one, n) => ({
        label: one.name, detail: one.kind, info: one.says || undefined, apply: one.insert || undefined, boost: -Math.min(n, 99),
      })),
      validFor: /^\w*$/,
    };
  };
  const nonce = document.querySelector<HTMLMetaElement>("meta[name=nonce]")?.content ?? "";
  const view = new EditorView({
    parent: into,
    state: EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(nonce), lineNumbers(), foldGutter(), history(), drawSelection(), indentOnInput(), bracketMatching(),
        highlightActiveLine(), highlightSelectionMatches(), yaml(), syntaxHighlighting(colours), look, lintGutter(),
        linter(check, { delay: WAIT }), autocompletion({ override: [complete], icons: false }),
        EditorView.contentAttributes.of({ tabindex: "0", "aria-label": "The scenario as YAML" }), EditorState.tabSize.of(2),
        keymap.of([
          { key: "Mod-Enter", run: () => { heard.apply(); return true; } },
          { key: "Mod-s", run: () => { heard.apply(); return true; } },
          ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap, indentWithTab,
        ]),
        EditorView.updateListener.of((update) => { if (update.docChanged) heard.changed(update.state.doc.toString()); }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    goTo: (line: number, column: number) => {
      const at = offset(view.state.doc, line, column);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
      view.focus();
    },
    close: () => view.destroy(),
  };
}
