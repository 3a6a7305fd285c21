"""What a CKL, a CKLB, a SARIF log and an OSCAL result must look like, written down from their specifications.

Of each format what we write, as its schema has it: required members, types, enumerations, patterns, and that there
are no members which the schema does not know. Sources: the checklists that STIG Viewer 2.17 and 3.4 write; SARIF 2.1.0
(OASIS) with errata; OSCAL 1.1.2, assessment results (NIST).
"""

import re

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TOKEN = re.compile(r"[A-Za-z_][\w.\-]*")
# A text of OSCAL's properties: no blanks at its ends, one line.
STRIPPED = re.compile(r"\S(.*\S)?")
FILLED = re.compile(r"[\s\S]+")


class Record:
    """An object with these members, and no others."""

    def __init__(self, required, optional=None):
        self.required, self.optional = required, optional or {}


class Each:
    """A list of values of one shape, at least so many, different from each other when `unique`."""

    def __init__(self, shape, least=0, unique=False):
        self.shape, self.least, self.unique = shape, least, unique


def problems(value, shape, path="$"):
    """Where the value is not of the shape, one text for each place. A shape is a type, a pattern for the whole text,
    a tuple of allowed values, a Record or an Each."""
    if isinstance(shape, Record):
        if not isinstance(value, dict):
            return [f"{path} is no object"]
        known = {**shape.required, **shape.optional}
        found = [f"{path} lacks {name}" for name in shape.required if name not in value]
        found += [f"{path} has the unknown member {name}" for name in value if name not in known]
        return found + [
            each for name in value if name in known for each in problems(value[name], known[name], f"{path}.{name}")
        ]
    if isinstance(shape, Each):
        if not isinstance(value, list):
            return [f"{path} is no list"]
        found = [f"{path} has {len(value)} values, fewer than {shape.least}"] if len(value) < shape.least else []
        if shape.unique and len({repr(each) for each in value}) < len(value):
            found.append(f"{path} has the same value twice")
        return found + [each for place, one in enumerate(value) for each in problems(one, shape.shape, f"{path}[{place}]")]
    if isinstance(shape, re.Pattern):
        return [] if isinstance(value, str) and shape.fullmatch(value) else [f"{path} may not be {value!r}"]
    if isinstance(shape, tuple):
        return [] if any(value == each and type(value) is type(each) for each in shape) else [f"{path} may not be {value!r}"]
    good = type(value) is shape
    return [] if good else [f"{path} is {type(value).__name__}, not {shape.__name__}"]


# --- CKLB ----------------------------------------------------------------------------------------

_CKLB_TEXTS = (
    "group_title rule_title fix_text weight classification discussion false_positives false_negatives "
    "security_override_guidance potential_impacts third_party_tools ia_controls responsibility mitigations "
    "mitigation_control check_content target_key comments finding_details"
).split()
CKLB_RULE = Record({
    **{name: str for name in _CKLB_TEXTS},
    **{name: FILLED for name in ("group_id_src", "group_id", "rule_id_src", "rule_id", "rule_version")},
    "group_tree": Each(Record({"id": FILLED, "title": str, "description": str}), least=1),
    "severity": ("high", "medium", "low"),
    "check_content_ref": Record({"href": str, "name": str}),
    "documentable": ("true", "false"),
    "legacy_ids": Each(FILLED),
    "ccis": Each(re.compile(r"CCI-\d{6}")),
    "uuid": UUID,
    "stig_uuid": UUID,
    "status": ("not_a_finding", "open", "not_applicable", "not_reviewed"),
    "overrides": Record({}),
})
CKLB = Record({
    "title": FILLED, "id": UUID, "active": bool, "mode": int, "has_path": bool, "cklb_version": ("1.0",),
    "target_data": Record({
        "target_type": ("Computing", "Non-Computing"),
        **{name: str for name in ("host_name", "ip_address", "mac_address", "fqdn", "comments", "technology_area",
                                  "web_db_site", "web_db_instance")},
        "role": ("None", "Workstation", "Member Server", "Domain Controller"),
        "is_web_database": bool,
        "classification": (None,),
    }),
    "stigs": Each(Record({
        "stig_name": FILLED, "display_name": FILLED, "stig_id": FILLED, "release_info": str, "version": str,
        "uuid": UUID, "reference_identifier": str, "size": int, "rules": Each(CKLB_RULE),
    }), least=1),
})


def cklb_problems(log):
    """Of a whole checklist: its shape, its sums and its references."""
    found = problems(log, CKLB)
    if found:
        return found
    for stig in log["stigs"]:
        uuids = [rule["uuid"] for rule in stig["rules"]]
        if stig["size"] != len(uuids) or len(set(uuids)) != len(uuids):
            found.append("size is not the number of rules, each with a name of its own")
        if any(rule["stig_uuid"] != stig["uuid"] for rule in stig["rules"]):
            found.append("a rule belongs to another guide")
    return found


# --- SARIF ---------------------------------------------------------------------------------------

_MESSAGE = Record({"text": FILLED})
_LEVELS = ("none", "note", "warning", "error")
_PLACE = Record({"physicalLocation": Record(
    {"artifactLocation": Record({"uri": re.compile(r"file:///[!-~]*")})}, {"region": Record({"startLine": int})})})
SARIF = Record({
    "$schema": re.compile(r"https://\S+/sarif-2\.1\.0\.json"),
    "version": ("2.1.0",),
    "runs": Each(Record({
        "tool": Record({"driver": Record({"name": FILLED, "rules": Each(Record({
            "id": FILLED, "shortDescription": _MESSAGE, "fullDescription": _MESSAGE,
            "defaultConfiguration": Record({"level": _LEVELS}),
            "properties": Record({"severity": FILLED, "tags": Each(FILLED, unique=True)}),
        }, {"help": _MESSAGE}))}, {"version": FILLED})}),
        "invocations": Each(Record({"executionSuccessful": bool, "startTimeUtc": TIME, "endTimeUtc": TIME},
                                   {"machine": FILLED})),
        "results": Each(Record({
            "ruleId": FILLED, "ruleIndex": int, "message": _MESSAGE,
            "kind": ("notApplicable", "pass", "fail", "review", "open", "informational"),
            "level": _LEVELS,
            "properties": Record({"result": FILLED}, {"expected": str, "found": str, "where": FILLED}),
        }, {"locations": Each(_PLACE, least=1)})),
        "properties": Record({"benchmark": FILLED, "profile": FILLED, "content": FILLED, "contentDigest": FILLED}),
    }), least=1),
})


def sarif_problems(log):
    """Of a whole log: its shape, and what §3.27 says of levels, lines and indices."""
    found = problems(log, SARIF)
    if found:
        return found
    for run in log["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        if len(set(rules)) != len(rules):
            found.append("two rules have one id")
        for place, result in enumerate(run["results"]):
            index = result["ruleIndex"]
            if not 0 <= index < len(rules) or rules[index] != result["ruleId"]:
                found.append(f"result {place}: its index is that of another rule")
            if (result["kind"] == "fail") == (result["level"] == "none"):
                found.append(f"result {place}: only what failed has a level")
            for where in result.get("locations", ()):
                if where["physicalLocation"].get("region", {"startLine": 1})["startLine"] < 1:
                    found.append(f"result {place}: lines are counted from 1")
        if {result["ruleIndex"] for result in run["results"]} != set(range(len(rules))):
            found.append("a rule has no result")
        if len(run["results"]) > 25_000:
            found.append("more results than programs take")
    return found


# --- OSCAL ---------------------------------------------------------------------------------------

_PROPERTIES = Each(Record({"name": TOKEN, "value": STRIPPED}, {"ns": re.compile(r"https?://\S+")}), least=1)
_OBSERVATION = Record({
    "uuid": UUID, "description": FILLED, "collected": TIME,
    "methods": Each(("EXAMINE", "INTERVIEW", "TEST", "TEST-AUTOMATED", "TEST-MANUAL", "UNKNOWN"), least=1),
}, {
    "title": FILLED, "props": _PROPERTIES,
    "subjects": Each(Record({"subject-uuid": UUID, "type": TOKEN}), least=1),
    "relevant-evidence": Each(Record({"description": FILLED}), least=1),
})
_FINDING = Record({
    "uuid": UUID, "title": FILLED, "description": FILLED,
    "target": Record({
        "type": ("statement-id", "objective-id"), "target-id": TOKEN,
        "status": Record({"state": ("satisfied", "not-satisfied")},
                         {"reason": ("pass", "fail", "other"), "remarks": FILLED}),
    }),
}, {"related-observations": Each(Record({"observation-uuid": UUID}), least=1)})
_OSCAL_RESULT = Record({
    "uuid": UUID, "title": FILLED, "description": FILLED, "start": TIME,
    "reviewed-controls": Record({"control-selections": Each(Record({"include-all": Record({})}), least=1)}),
}, {
    "end": TIME, "props": _PROPERTIES,
    "local-definitions": Record({}, {"inventory-items": Each(
        Record({"uuid": UUID, "description": FILLED}, {"props": _PROPERTIES}), least=1)}),
    "observations": Each(_OBSERVATION, least=1), "findings": Each(_FINDING, least=1),
})
OSCAL = Record({"assessment-results": Record({
    "uuid": UUID,
    "metadata": Record({"title": FILLED, "last-modified": TIME, "version": STRIPPED, "oscal-version": ("1.1.2",)}),
    "import-ap": Record({"href": re.compile(r"#[0-9a-f-]{36}")}),
    "results": Each(_OSCAL_RESULT, least=1),
}, {"back-matter": Record({}, {"resources": Each(
    Record({"uuid": UUID}, {"title": FILLED, "description": FILLED}), least=1)})})})


def _uuids(value):
    if isinstance(value, dict):
        yield from ([value["uuid"]] if "uuid" in value else [])
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _uuids(each)


def oscal_problems(log):
    """Of whole results: their shape, that every name is of one thing, and that references lead to something."""
    found = problems(log, OSCAL)
    if found:
        return found
    whole = log["assessment-results"]
    uuids = list(_uuids(log))
    if len(set(uuids)) != len(uuids):
        found.append("one uuid names two things")
    if whole["import-ap"]["href"][1:] not in {each["uuid"] for each in whole["back-matter"]["resources"]}:
        found.append("the plan is nowhere")
    for result in whole["results"]:
        hosts = {each["uuid"] for each in result["local-definitions"]["inventory-items"]}
        seen = {each["uuid"] for each in result.get("observations", ())}
        for each in result.get("observations", ()):
            if any(subject["subject-uuid"] not in hosts for subject in each.get("subjects", ())):
                found.append("an observation is of no host")
        for each in result.get("findings", ()):
            if any(one["observation-uuid"] not in seen for one in each.get("related-observations", ())):
                found.append("a finding rests on nothing")
            status = each["target"]["status"]
            if (status["state"] == "satisfied") != (status["reason"] == "pass"):
                found.append("what did not pass satisfies something")
    return found


# --- CKL -----------------------------------------------------------------------------------------

CKL_ASSET = (
    "ROLE ASSET_TYPE MARKING HOST_NAME HOST_IP HOST_MAC HOST_FQDN TARGET_COMMENT TECH_AREA TARGET_KEY WEB_OR_DATABASE "
    "WEB_DB_SITE WEB_DB_INSTANCE"
).split()
CKL_INFO = (
    "version classification customname stigid description filename releaseinfo title uuid notice source"
).split()
CKL_ATTRIBUTES = (
    "Vuln_Num Severity Group_Title Rule_ID Rule_Ver Rule_Title Vuln_Discuss IA_Controls Check_Content Fix_Text "
    "False_Positives False_Negatives Documentable Mitigations Potential_Impact Third_Party_Tools Mitigation_Control "
    "Responsibility Security_Override_Guidance Check_Content_Ref Weight Class STIGRef TargetKey STIG_UUID"
).split()
CKL_REPEATED = ("LEGACY_ID", "CCI_REF")
CKL_AFTER = "STATUS FINDING_DETAILS COMMENTS SEVERITY_OVERRIDE SEVERITY_JUSTIFICATION".split()
CKL_STATUS = ("NotAFinding", "Open", "Not_Applicable", "Not_Reviewed")


def ckl_problems(root):
    """Of a checklist (an ElementTree element): the elements in the order of the schema, and the enumerations."""
    found = []

    def same(what, names, wanted):
        if list(names) != list(wanted):
            found.append(f"{what}: {list(names)}")

    same("CHECKLIST", [each.tag for each in root], ["ASSET", "STIGS"])
    same("ASSET", [each.tag for each in root.find("ASSET")], CKL_ASSET)
    for stig in root.find("STIGS"):
        same("STIG_INFO", [each.findtext("SID_NAME") for each in stig.find("STIG_INFO")], CKL_INFO)
        same("iSTIG", [each.tag for each in stig], ["STIG_INFO"] + ["VULN"] * (len(stig) - 1))
        for rule in stig.findall("VULN"):
            data = rule.findall("STIG_DATA")
            same("STIG_DATA", {tuple(part.tag for part in each) for each in data}, [("VULN_ATTRIBUTE", "ATTRIBUTE_DATA")])
            names = [each.findtext("VULN_ATTRIBUTE") for each in data]
            same("attributes", [name for name in names if name not in CKL_REPEATED], CKL_ATTRIBUTES)
            same("VULN", [each.tag for each in rule if each.tag != "STIG_DATA"], CKL_AFTER)
            texts = {each.findtext("VULN_ATTRIBUTE"): each.findtext("ATTRIBUTE_DATA") for each in data}
            found += [] if rule.findtext("STATUS") in CKL_STATUS else [f"STATUS {rule.findtext('STATUS')}"]
            found += [] if texts["Severity"] in ("high", "medium", "low") else [f"Severity {texts['Severity']}"]
            found += [] if texts["Documentable"] in ("true", "false") else [f"Documentable {texts['Documentable']}"]
    return found
