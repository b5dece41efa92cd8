/**
 * What a document turns out to contain once it has been read: series, patches, file patches, hunks, and the post-images rebuilt from
 * them. Types only; how each is read is the subject of the neighbouring files.
 */
import type { Problem, TextRange } from './problem.ts';

/** A document range that stands for `length` characters of a rebuilt text, from offset `at` on. */
export interface Origin extends TextRange {
  readonly at: number;
  readonly length: number;
}

export type LineKind = 'context' | 'added' | 'removed';

/** One logical line of a hunk: a line of the patched file before or after the patch. */
export interface HunkLine {
  readonly kind: LineKind;
  /** Without its leading `+`, `-` or blank and without a line end. */
  readonly text: string;
  /** In text order. A line that a mail program wrapped has one per piece; a restored blank line has none. */
  readonly origins: readonly Origin[];
  /** 0..1: how sure the reader is of kind and extent. */
  readonly confidence: number;
  /** True when `\ No newline at end of file` follows. */
  readonly noNewline: boolean;
}

/** How a hunk was read. */
export type HunkReading =
  /** Counts met, every line with its marker. */
  | 'strict'
  /** Marked lines only, but the counts of the header are wrong (an edited or cut patch). */
  | 'marked'
  /** The text was damaged on its way; lines were labelled under the constraint of the counts. */
  | 'tolerant'
  /** Neither worked: markers as they stand, the rest as context. */
  | 'guessed';

export interface HunkHeader {
  readonly oldStart: number;
  readonly oldCount: number;
  readonly newStart: number;
  readonly newCount: number;
  /** Text behind the second `@@`, with wrapped pieces joined. */
  readonly heading: string;
  readonly range: TextRange;
}

export type RepairKind =
  | 'joined'
  | 'joined-word'
  | 'heading-joined'
  | 'blank-restored'
  | 'relabelled'
  | 'comment-skipped'
  | 'count-corrected';

/** Something the reader changed to make sense of a hunk, at its place in the document. */
export interface Repair {
  readonly kind: RepairKind;
  readonly range: TextRange;
  readonly message: string;
}

/** What a reviewer wrote between the lines of a quoted hunk. */
export interface ReviewComment {
  readonly range: TextRange;
  readonly text: string;
  readonly depth: number;
  /** Index in `Hunk.lines` of the line the comment stands below; -1 directly below the header. */
  readonly afterLine: number;
}

export interface Hunk {
  readonly header: HunkHeader;
  readonly lines: readonly HunkLine[];
  readonly range: TextRange;
  readonly how: HunkReading;
  readonly confidence: number;
  readonly repairs: readonly Repair[];
  readonly comments: readonly ReviewComment[];
  /** Quote depth of its lines in the mail; 0 for a patch itself. */
  readonly depth: number;
  /** The hunk of the same document that this one quotes; null for an original. */
  readonly duplicateOf: Hunk | null;
  /** The quotes of this hunk in the same document. */
  readonly duplicates: readonly Hunk[];
}

export type FileChange = 'modified' | 'added' | 'deleted' | 'renamed' | 'copied' | 'mode';

export interface FilePatch {
  /** The path after the patch (before it, for a deleted file), without `a/` and `b/`. */
  readonly path: string;
  readonly oldPath: string | null;
  readonly newPath: string | null;
  readonly change: FileChange;
  readonly oldMode: string | null;
  readonly newMode: string | null;
  /** Percentage of the `similarity index` line. */
  readonly similarity: number | null;
  /** Abbreviated blob ids of the `index` line; all zeroes become null. */
  readonly preBlob: string | null;
  readonly postBlob: string | null;
  readonly binary: boolean;
  /** A merge's `@@@` diff: said, not read. */
  readonly combined: boolean;
  readonly hunks: readonly Hunk[];
  readonly depth: number;
  readonly headerRange: TextRange;
  readonly range: TextRange;
}

/** Where a message ended up in the document and what its headers say. Texts are decoded (RFC 2047). */
export interface Message {
  readonly subject: string;
  readonly from: string;
  readonly date: string;
  readonly messageId: string | null;
  readonly inReplyTo: string | null;
  readonly form: MessageForm;
  readonly range: TextRange;
  /** Without headers and without the page's footer. */
  readonly body: TextRange;
  /** Index in `ReadDocument.messages` of the message this one answers; null when it is not in the document. */
  readonly replyTo: number | null;
}

export type MessageForm =
  /** Bare diff, or text without anything that looks like headers. */
  | 'bare'
  /** Headers and a blank line. */
  | 'mail'
  /** Headers that run into the body: a page of an archive copied as text. */
  | 'page'
  /** One message of an archive's thread page. */
  | 'thread-page'
  /** `git log -p` or `git show`. */
  | 'commit';

/** The file patches of one message at one quote depth. */
export interface Patch {
  readonly subject: string;
  /** `n` of `[PATCH n/m]`; null without numbering. */
  readonly number: number | null;
  readonly total: number | null;
  readonly version: number;
  /** `RFC`, `RESEND`: what else stands in the brackets. */
  readonly tags: readonly string[];
  readonly message: Message;
  /** 0: the patch itself; more: a reply that quotes it. */
  readonly depth: number;
  readonly files: readonly FilePatch[];
  readonly range: TextRange;
}

export interface Series {
  readonly subject: string;
  readonly version: number;
  readonly total: number | null;
  readonly cover: Message | null;
  /** In patch order (1/m, 2/m, ...), quotes behind the patch they quote. */
  readonly patches: readonly Patch[];
  readonly messages: readonly Message[];
  readonly range: TextRange;
}

/** A correction that an author wrote into the mail as `s/old/new/`, with the code it speaks of. */
export interface ProposedEdit {
  readonly old: string;
  readonly replacement: string;
  /** Where the correction stands. */
  readonly range: TextRange;
  /** What it would replace: in the post-image, and in the document; null when the old text was not found. */
  readonly target: TextRange | null;
  readonly documentTarget: readonly TextRange[];
}

export interface PostLine {
  readonly kind: 'added' | 'context';
  /** Offset in `PostImage.text`. */
  readonly start: number;
  /** 1-based line in the patched file; null where it is not known (code pasted into a mail). */
  readonly fileLine: number | null;
  /** Place in `Patch.files[].hunks[]` order, -1 for text that no hunk gave. */
  readonly hunk: number;
  readonly confidence: number;
}

export interface RemovedLine {
  /** Offset in `PostImage.text` before which the line stood. */
  readonly at: number;
  readonly text: string;
  /** 1-based line in the file before the patch; null where it is not known. */
  readonly oldLine: number | null;
  readonly origins: readonly Origin[];
  readonly hunk: number;
}

export interface ImageHole {
  readonly at: number;
  /** How many lines of the file are not in the document here; null when unknown. */
  readonly lines: number | null;
}

/** Where the text of a post-image comes from. */
export type ImageSource =
  /** Hunks of one file patch. */
  | 'hunks'
  /** A plain C file given instead of a patch. */
  | 'file'
  /** Definitions found in a mail that holds no hunk. */
  | 'pasted'
  /** Hunks applied to the file's text before the patch. */
  | 'applied'
  /** All patches of a series put together. */
  | 'merged';

/** The text of a file after the patch, as far as the document shows it. */
export interface PostImage {
  readonly path: string;
  readonly source: ImageSource;
  readonly text: string;
  readonly isNew: boolean;
  /** False only when `text` is the whole file. */
  readonly fragment: boolean;
  readonly holes: readonly ImageHole[];
  readonly preBlob: string | null;
  readonly lines: readonly PostLine[];
  readonly removed: readonly RemovedLine[];
  /** Null for a plain C file. */
  readonly patch: Patch | null;
  readonly proposedEdits: readonly ProposedEdit[];
  readonly confidence: number;
  /** The whole file before the patch, where a tree gave it. */
  readonly before: string | null;
  /** Document ranges of `[start, end)` of `text`, in text order; a joined line has two; empty for text that is not in the document. */
  toDocument(range: TextRange): readonly TextRange[];
  /** The same place in every quote of it further down the thread: a finding is shown there too, and counted once. */
  toQuotes(range: TextRange): readonly TextRange[];
  /** Offset in `text` of a document offset (in the patch or in a quote of it); null when it belongs to no line of this image. */
  fromDocument(offset: number): number | null;
}

export type DocumentForm = 'patch' | 'c-file' | 'pasted' | 'empty';

export interface ReadDocument {
  readonly path: string;
  readonly form: DocumentForm;
  readonly messages: readonly Message[];
  readonly series: readonly Series[];
  /** One per patch and file, in document order; quotes of a hunk that is in the document itself give none. */
  readonly postImages: readonly PostImage[];
  /** One per path: the file after the whole series; more where what is quoted and what is answered do not fit each other. */
  readonly merged: readonly PostImage[];
  /** The same by series, in their order; code that stands in no patch is in none. */
  readonly mergedBySeries: readonly (readonly PostImage[])[];
  readonly problems: readonly Problem[];
}

/** What the host may give the reader. Both are pure functions of their arguments. */
export interface ReadOptions {
  /**
   * For each of some readings of one piece of C, how much worse it parses than the best of them: 0 = as well as any. Asked only for
   * candidates between which the reader's own lexical measure cannot decide.
   */
  readonly score?: (texts: readonly string[]) => readonly number[];
  /** Text of a file before the patch, where the host has it. */
  readonly base?: (path: string, blob: string | null) => string | null;
}

/** From here on a hunk's reading may be relied upon. */
export const CONFIDENT = 0.8;
