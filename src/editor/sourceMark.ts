/** The line of the event that is selected in the panel, marked in the editor; the focus stays where it is unless asked. */
import * as vscode from 'vscode';
import type { EventView, ViewRange } from '../protocol/view.ts';

export class SourceMark implements vscode.Disposable {
  private readonly line = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('editor.stackFrameHighlightBackground'),
    overviewRulerColor: new vscode.ThemeColor('editor.stackFrameHighlightBackground'),
    overviewRulerLane: vscode.OverviewRulerLane.Full,
  });
  private readonly words = vscode.window.createTextEditorDecorationType({
    after: { margin: '0 0 0 2em', color: new vscode.ThemeColor('editorCodeLens.foreground'), fontStyle: 'italic' },
  });
  private current: { readonly uri: string; readonly ranges: readonly vscode.Range[]; readonly text: string } | null =
    null;
  private readonly subscription = vscode.window.onDidChangeVisibleTextEditors(() => this.draw());

  dispose(): void {
    this.subscription.dispose();
    this.line.dispose();
    this.words.dispose();
  }

  /** Marks the event's place; an event without one leaves the last mark, since the run is still "there". */
  async show(uri: vscode.Uri, event: EventView, how: 'mark' | 'reveal' | 'open'): Promise<void> {
    const ranges = (event.place?.ranges ?? []).map(rangeOf);
    const first = ranges[0];
    if (first === undefined) return;
    this.current = { uri: uri.toString(), ranges, text: `${event.index + 1}: ${event.text.replaceAll('`', '')}` };
    this.draw();
    if (how === 'mark') return;
    await revealRange(uri, first, how === 'open');
    this.draw();
  }

  clear(): void {
    this.current = null;
    this.draw();
  }

  private draw(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const mark = this.current;
      const here = mark !== null && editor.document.uri.toString() === mark.uri ? mark : null;
      editor.setDecorations(this.line, here === null ? [] : [...here.ranges]);
      const last = here?.ranges.at(-1);
      editor.setDecorations(
        this.words,
        here === null || last === undefined
          ? []
          : [
              {
                range: editor.document.lineAt(Math.min(last.end.line, editor.document.lineCount - 1)).range,
                renderOptions: { after: { contentText: shortened(here.text) } },
              },
            ],
      );
    }
  }
}

/** Brings a range on screen; with `focus` the cursor goes there. */
export async function revealRange(uri: vscode.Uri, range: vscode.Range, focus: boolean): Promise<void> {
  const visible = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === uri.toString());
  if (visible !== undefined && !focus) {
    visible.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    return;
  }
  const editor = await vscode.window.showTextDocument(uri, {
    viewColumn: visible?.viewColumn ?? vscode.ViewColumn.One,
    preserveFocus: !focus,
    preview: false,
    ...(focus ? { selection: new vscode.Range(range.start, range.start) } : {}),
  });
  editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

export function rangeOf(range: ViewRange): vscode.Range {
  return new vscode.Range(range.startLine, range.startCharacter, range.endLine, range.endCharacter);
}

function shortened(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
