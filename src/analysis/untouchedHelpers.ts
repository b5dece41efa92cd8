/**
 * What goes wrong in a function that a patch does not touch, in a file that a tree completed. Where it went wrong before the patch too, it is
 * not the patch's and not told; where it is new, the patch calls the function otherwise than before: told at the call that the document shows.
 */
import type { DocumentReport, Finding, Place } from '../report/finding.ts';
import type { Collected } from './collected.ts';
import type { Places } from './places.ts';
import type { Touched } from './touched.ts';

export class UntouchedHelpers {
  /** The call that led there, by what is found. */
  private readonly calls = new Map<string, { readonly place: Place; readonly function: string | null }>();

  constructor(
    private readonly touched: Touched,
    private readonly places: Places,
  ) {}

  /** Whether it counts; `compared`: what there was before the patch is looked at as well, and decides. */
  counts({ finding, source }: Collected, compared: boolean): boolean {
    if (!this.aside(finding)) return true;
    const event = finding.steps.at(-1)?.event;
    if (!compared || source === null || event === undefined || finding.verdict !== 'violation') return false;
    const site = this.places.shownSite(source.run.trace, event);
    if (site === null) return false;
    this.calls.set(keyOf(finding), { place: this.places.place(site.span), function: site.function });
    return true;
  }

  /** The report with what is new put where the document shows it, and without what was there before. */
  settled(report: DocumentReport): DocumentReport {
    if (this.calls.size === 0) return report;
    const findings = report.findings.flatMap((finding): Finding[] => {
      const call = this.calls.get(keyOf(finding));
      if (call === undefined) return [finding];
      // A bound that was hit may be why it did not show before.
      if (finding.change !== 'introduced' || report.bounds.length > 0) return [];
      const related = [{ message: 'met here', place: finding.place }, ...finding.related];
      return [{ ...finding, ...call, related }];
    });
    return { ...report, findings };
  }

  private aside({ change, place, function: name }: Finding): boolean {
    return change === 'existing' && place.document.length === 0 && this.touched.elsewhere(name, place.sourceFile);
  }
}

function keyOf({ code, message, place, function: name }: Finding): string {
  return `${code}\0${name}\0${message}\0${place.sourceFile}\0${place.sourceLine}`;
}
