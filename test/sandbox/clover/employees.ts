/** Employees and devices, read only: clover.md section 7. */
import { notFound } from './errors.ts';
import { byText } from './resource.ts';
import type { Resource } from './resource.ts';
import { getOperation, listOperation, param } from './serve.ts';
import type { Operation } from './serve.ts';
import { all, find } from './store.ts';
import type { DeviceRow, EmployeeRow } from './types.ts';

export const employees: Resource<EmployeeRow> = {
  wire: (row, view) => ({
    href: `${view.base}/employees/${row.id}`,
    id: row.id,
    name: row.name,
    role: row.role,
    isOwner: row.isOwner,
    pin: row.pin,
  }),
  filters: {
    id: byText((row) => row.id),
    name: byText((row) => row.name),
    role: byText((row) => row.role),
  },
};

const devices: Resource<DeviceRow> = {
  wire: (row, view) => ({
    href: `${view.base}/devices/${row.id}`,
    id: row.id,
    name: row.name,
    serial: row.serial,
    model: 'Station 2018',
    productName: 'CLOVER_STATION_2018',
    deviceTypeName: 'MAPLECUTTER',
  }),
  filters: {
    id: byText((row) => row.id),
    name: byText((row) => row.name),
    serial: byText((row) => row.serial),
  },
};

export const employeeOperations: Operation[] = [
  listOperation('/employees', 'EMPLOYEES_R', employees, (call) =>
    all(call.view.tables.employees, call.view.asOf),
  ),
  getOperation('/employees/:empId', 'EMPLOYEES_R', employees, (call) => {
    const row = find(call.view.tables.employees, param(call, 'empId'), call.view.asOf);
    if (row === null) throw notFound('Employee');
    return row;
  }),
  listOperation('/devices', 'MERCHANT_R', devices, (call) =>
    all(call.view.tables.devices, call.view.asOf),
  ),
  getOperation('/devices/:deviceId', 'MERCHANT_R', devices, (call) => {
    const row = find(call.view.tables.devices, param(call, 'deviceId'), call.view.asOf);
    if (row === null) throw notFound('Device');
    return row;
  }),
];
