import type { CellOutput, Notebook } from '../../lib/notebook/files/notebook-file';

/** A cell for {@link notebookOf}: code, unless it begins with "#". */
export interface MadeCell {
  readonly source: string;
  readonly tags?: string[];
  readonly outputs?: CellOutput[];
}

/** A notebook on the tslab kernel, made of these cells. */
export function notebookOf(...cells: (string | MadeCell)[]): Notebook {
  return {
    cells: cells.map((given, i) => {
      const made: MadeCell = typeof given === 'string' ? { source: given } : given;
      const { source, tags, outputs = [] } = made;
      const metadata = tags ? { tags } : {};
      const shared = { id: `cell-${i}`, metadata, source };
      return source.startsWith('#')
        ? { ...shared, cell_type: 'markdown' }
        : { ...shared, cell_type: 'code', execution_count: null, outputs };
    }),
    metadata: { kernelspec: { name: 'tslab', display_name: 'tslab', language: 'typescript' } },
    ...{ nbformat: 4, nbformat_minor: 5 },
  };
}

/** An output that displays. */
export function displayed(data: Record<string, unknown>): CellOutput {
  return { output_type: 'display_data', data };
}
