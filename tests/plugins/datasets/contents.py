"""What the tables of the trees hold: patients, lesions and reports are invented."""

from __future__ import annotations

HAM_COLUMNS = ("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization")
HAM_CLASSES = ("akiec", "bcc", "bkl", "df", "nv", "mel", "vasc")

FITZPATRICK = (
    # skin type, condition, nine kinds, three kinds, quality check
    ("1", "psoriasis", "inflammatory", "non-neoplastic", ""),
    ("2", "psoriasis", "inflammatory", "non-neoplastic", "1 Diagnostic"),
    ("-1", "acne", "inflammatory", "non-neoplastic", ""),
    ("6", "melanoma", "malignant melanoma", "malignant", ""),
    ("5", "melanoma", "malignant melanoma", "malignant", "3 Wrongly labelled"),
    ("3", "lipoma", "benign dermal", "benign", ""),
    ("4", "lipoma", "benign dermal", "benign", "5 Potentially"),
)

SMDG_HEADER = (
    "names,types,type_expanded,isColor,original_name,patient_id,fundus,fundus_od_seg,fundus_oc_seg,"
    "bv_seg,artery_seg,vein_seg,oct,oct_oc_seg,oct_od_seg,sex,gender,age,eye,sbp,dbp,hr,iop,vcdr,"
    "Unnamed: 24,notchI_present,notchS_present,notchN_present,notchT_present,expert1_grade,"
    "expert2_grade,expert3_grade,expert4_grade,expert5_grade,cdr_avg,cdr_expert1,cdr_expert2,"
    "cdr_expert3,cdr_expert4,refractive_dioptre_1,refractive_dioptre_2,refractive_astigmatism,"
    "phakic_or_pseudophakic,iop_perkins,iop_pneumatic,pachymetry,axial_length,"
    "visual_field_mean_defect"
)
SMDG = (
    # names, types, original_name, patient_id, sex, gender, age, eye
    ("OIA-ODIR-TRAIN-1", "0", "7_left.jpg", "", "F", "", "58", "OS"),
    ("OIA-ODIR-TRAIN-2", "1", "7_right.jpg", "", "F", "", "58", "OD"),
    ("OIA-ODIR-TRAIN-3", "-1", "8_left.jpg", "", "M", "", "61", "OS"),
    ("PAPILA-1", "0", "2", "PAPILA-2", "", "0", "47", "OD"),
    ("PAPILA-2", "-1", "2", "PAPILA-2", "", "0", "47", "OS"),
    ("PAPILA-3", "1", "4", "PAPILA-4", "", "1", "58", "OD"),
    ("CRFO-v4-1", "1", "Glaucoma-P_1-Left Eye", "", "", "", "", ""),
    ("CRFO-v4-2", "1", "Glaucoma-P_1-Right Eye", "", "", "", "", ""),
    ("EyePACS-Glaucoma-1", "1", "TRAIN000034.jpg", "", "", "", "", ""),
    ("REFUGE1-train-1", "0", "g0001.jpg", "", "", "", "", ""),
)

RSNA = {
    # patient: kind, sex, age, boxes
    "0004cfab-14fd-4e49-80ba-63a80b6bddd6": ("No Lung Opacity / Not Normal", "F", "051", 0),
    "00313ee0-9eaa-42f4-b0ab-c148ed3241cd": ("Normal", "M", "48", 0),
    "00436515-870c-4b36-a041-de91049b9ab4": ("Lung Opacity", "F", "019Y", 2),
    "00704310-78a8-4b38-8475-49f4573b2dbb": ("Lung Opacity", "M", "006M", 3),
}

MIMIC_HEADER = (
    "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,"
    "StudyDate,StudyTime,ProcedureCodeSequence_CodeMeaning,ViewCodeSequence_CodeMeaning,"
    "PatientOrientationCodeSequence_CodeMeaning"
)

REPORT = """                                 FINAL REPORT
 EXAMINATION:  CHEST (PA AND LAT)

 INDICATION:  ___-year-old with cough.  Evaluate for pneumonia.

 COMPARISON:  None.

 FINDINGS:

 The heart is a little large.  Lungs
 are clear.

 IMPRESSION:

 1.  Mild cardiomegaly.
 2.  No pneumonia.
"""
WITHOUT_FINDINGS = (
    " WET READ: ___ ___ 3:10 PM\n  Clear.\n\n FINAL REPORT\n IMPRESSSION:  Clear lungs.\n"
)
OF_BOTH = (
    "                                 FINAL REPORT\n FINDINGS AND IMPRESSION:  Small effusion.\n"
)
WITHOUT_SECTIONS = (
    "                                 FINAL REPORT\n Portable chest film.  No change.\n"
)

MIMIC = (
    # subject, study, views of its images, split, report
    ("10000032", "50414267", ("PA", "LATERAL"), "train", REPORT),
    ("10000032", "53189527", ("AP",), "train", WITHOUT_FINDINGS),
    ("10000764", "57375967", ("PA",), "validate", OF_BOTH),
    ("10000898", "50771383", ("AP", "AP"), "test", WITHOUT_SECTIONS),
)
