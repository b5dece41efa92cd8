/**
 * What the editor and the panel say to each other. One closed union per direction; each message says when it must be sent.
 */
import type { SimulationView } from './view.ts';

/** How a panel can be filled again after a reload. */
export interface PanelSource {
  readonly uri: string;
  readonly replay: string;
}

/** What the panel keeps with `setState`, and gets back after a reload of the window. */
export interface PanelState {
  readonly source: PanelSource;
  readonly selected: number;
}

export type ToPanel =
  /** Once after `ready`, and whenever another run is shown. The panel selects `selected`, or the first finding's event when null. */
  | {
      readonly type: 'show';
      readonly view: SimulationView;
      readonly document: string;
      readonly source: PanelSource;
      readonly selected: number | null;
    }
  /** When a run has been started and its trace is not there yet. Ends with `show` or `empty`. */
  | { readonly type: 'busy'; readonly what: string }
  /** When there is no trace to show; why. */
  | { readonly type: 'empty'; readonly message: string }
  /** When the document's text changed after the run (`stale`), or is again what was simulated. */
  | { readonly type: 'stale'; readonly stale: boolean }
  /** When the user steps by command; the panel answers with `select`. */
  | { readonly type: 'step'; readonly by: 1 | -1 }
  /** When the user copied the token by a button: the copy was made. */
  | { readonly type: 'copied' };

export type FromPanel =
  /** Once, when the panel's script runs. Until then the editor sends nothing. */
  | { readonly type: 'ready' }
  /** Whenever another event is selected, by whatever means. The editor reveals its place without moving the focus. */
  | { readonly type: 'select'; readonly event: number }
  /** When the user asks to go to the place: the focus moves there. */
  | { readonly type: 'open'; readonly event: number }
  /** When the user asks for a check's page. */
  | { readonly type: 'explain'; readonly check: string }
  /** When the user asks to copy the replay token (the panel has no clipboard of its own under its content policy). */
  | { readonly type: 'copy'; readonly text: string }
  /** When the user wants the run that is under way to end. */
  | { readonly type: 'stop' }
  /** When the user asks for the same run again on the text as it is now. */
  | { readonly type: 'again' };
