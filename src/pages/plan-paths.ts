export const START_PLAN = '/app/plans';
/** Also the name that its form token is bound to. */
export const applyPath = (planId: string): string => `/app/plans/${planId}/apply`;
export const stopPath = (planId: string): string => `/app/plans/${planId}/stop`;
export const undoPath = (planId: string): string => `/app/plans/${planId}/undo`;
export const decidePath = (planId: string): string => `/app/plans/${planId}/decide`;
